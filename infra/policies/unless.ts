/** What a rule finds: `problem`, unless it is held. */
export const unless = (held: boolean, problem: string): string | undefined => (held ? undefined : problem);
