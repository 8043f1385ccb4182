import { fileURLToPath } from "node:url";

/** The repository's root, with no trailing slash. */
export const repositoryRoot = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");

/** Everything fetched or made once and kept between runs; ignored by git, safe to delete. */
export const toolsDir = `${repositoryRoot}/.tools`;
