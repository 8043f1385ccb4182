import * as z from "zod";

/** Most unknown keys that an answer repeats, and characters of each: the sender chooses their number and length. */
const most = { keys: 5, length: 50 };

/** Messages to clients that replace zod's, which are for programmers or grow with the request. */
z.config({
  customError: (issue) => {
    if (issue.input === undefined && (issue.code === "invalid_type" || issue.code === "invalid_value")) {
      return "is required";
    }
    return issue.code === "unrecognized_keys" ? unknownKeys(issue.keys) : undefined;
  },
});

function unknownKeys(keys: readonly string[]): string {
  const named = keys.slice(0, most.keys).map((key) => `"${key.slice(0, most.length).toWellFormed()}"`);
  const more = keys.length > most.keys ? ` and ${keys.length - most.keys} more` : "";
  return `has members that are not known: ${named.join(", ")}${more}`;
}
