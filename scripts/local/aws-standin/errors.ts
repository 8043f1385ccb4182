/** An error that a service answers with, by the name that AWS documents and the SDK turns into a class. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}

/** Thrown by `invokeFunction` when there is no such function. */
export class FunctionNotFound extends Error {
  constructor(functionName: string) {
    super(`Function not found: ${functionName}`);
    this.name = "FunctionNotFound";
  }
}
