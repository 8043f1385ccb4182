/**
 * A message without what the Pulumi SDK puts before it: `error serializing property "…": `, once for each property that waits
 * for the value, which are hundreds.
 */
export const plainMessage = (message: string): string =>
  message.replace(/^(?:error serializing property "[^"]*": )+/, "");

const takePathOut = (error: unknown): void => {
  if (error instanceof Error) error.message = plainMessage(error.message);
};

/** Has Pulumi's language host tell an error of the program by its own message: the host prints what this has shortened. */
export function tellPlainly(): void {
  if (!process.listeners("unhandledRejection").includes(takePathOut))
    process.prependListener("unhandledRejection", takePathOut);
}
