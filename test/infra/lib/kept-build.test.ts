import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { keptBuild } from "../../../infra/lib/kept-build.ts";
import { temporaryFolder } from "../../../scripts/local/servers/index.ts";

const folder = temporaryFolder("kept-build");
afterAll(folder.remove);
const put = (file: string, text: string) => writeFileSync(join(folder.path, file), text);
mkdirSync(join(folder.path, "node_modules"));

it("S7 functions are built again when a source or a library has changed, and never from a source that is not known", () => {
  let inputs = ["one.ts", "node_modules/zod/index.js"];
  const build = vi.fn(() => ({ texts: new Map([["one", `build ${build.mock.calls.length}`]]), inputs }));
  const built = () => keptBuild(folder.path, "functions", ["*.ts"], build).get("one");
  put("one.ts", "1");
  expect([built(), built()], "libraries that npm has not recorded").toEqual(["build 1", "build 2"]);
  put("node_modules/.package-lock.json", "zod 4");
  expect([built(), built()]).toEqual(["build 3", "build 3"]);
  put("node_modules/.package-lock.json", "zod 5");
  expect([built(), built()]).toEqual(["build 4", "build 4"]);
  put("one.ts", "2");
  expect([built(), built()]).toEqual(["build 5", "build 5"]);
  expect(readdirSync(join(folder.path, "node_modules/.cache"))).toHaveLength(1);
  put("two.ts", "");
  inputs = ["one.ts", "elsewhere/three.ts"];
  expect([built(), built()]).toEqual(["build 6", "build 7"]);
});
