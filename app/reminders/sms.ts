/** An SMS to be sent. */
export interface Sms {
  to: string;
  text: string;
  /** Where to tell what becomes of it. */
  statusUrl?: string | undefined;
}

/** What became of an attempt. Only what is surely not sent may be tried again: nobody shall get an SMS twice. */
export type SmsOutcome =
  | { kind: "sent"; providerId?: string }
  /** It never reached the provider, or it refused: `final` where it would refuse again. */
  | { kind: "unsent"; error: string; final: boolean; optedOut?: true }
  /** The request was under way when the connection or the time ended, or the provider failed in the middle. */
  | { kind: "unknown"; error: string };

/** A way to send SMS. */
export interface SmsProvider {
  /** Never throws, and ends within seconds. */
  send(sms: Sms): Promise<SmsOutcome>;
  /** For /status. */
  readonly state: string;
}
