/** With what a load's requests come. */
export interface Credentials {
  apiKey: string;
  /** Who signs in; without, every request comes with the API key. */
  user?: { email: string; password: string } | undefined;
}
