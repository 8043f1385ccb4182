import { RunError } from "@pulumi/pulumi";

// Where Pulumi begins: JavaScript, because a Node that cannot load TypeScript must be told of before the program is loaded.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

/** @throws RunError on a Node that does not take the types out by itself: https://nodejs.org/api/typescript.html (22.18, 24). */
export default async () => {
  if (major < 22 || (major === 22 && minor < 18)) {
    throw new RunError(
      `Bulwark needs Node 22.18 or newer on PATH, and this is Node ${process.versions.node}: nvm install 24`,
    );
  }
  const { default: deploy } = await import("./index.ts");
  return deploy();
};
