import { CommandError } from "../../cli/errors.ts";

/** Errors of the AWS SDK in words that say what to do; others stay what they are. */
export function inWords(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CommandError) return error;
  const { name, message } = error;
  if (name === "CredentialsProviderError") {
    return new CommandError("There are no AWS credentials: aws sso login, or set AWS_PROFILE.", {
      cause: error,
    });
  }
  if (
    /^(ExpiredToken|ExpiredTokenException|RequestExpired|InvalidClientTokenId|UnrecognizedClientException)$/.test(
      name,
    )
  ) {
    return new CommandError(
      `AWS does not accept the credentials (${message}): sign in again, then type the same command.`,
      { cause: error },
    );
  }
  if (/AccessDenied|UnauthorizedOperation|AuthorizationError/.test(name)) {
    return new CommandError(
      `These AWS credentials may not do that: ${message}\nWhich rights a teardown needs: docs/runbooks/teardown.md`,
      { cause: error },
    );
  }
  if (/ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|TimeoutError/.test(`${name} ${message}`)) {
    return new CommandError(
      `AWS does not answer (${message}). Type the same command again once the network is back.`,
      { cause: error },
    );
  }
  return error;
}
