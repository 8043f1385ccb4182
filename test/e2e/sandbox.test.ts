import { afterAll, beforeAll } from "vitest";
import { replicas } from "./sandbox/replicas.ts";
import { restart } from "./sandbox/restart.ts";
import { rotation } from "./sandbox/rotation.ts";
import { secretValues } from "./sandbox/secret-values.ts";
import { wholeStack } from "./sandbox/whole-stack.ts";
import { SandboxWorld } from "./sandbox/world.ts";

const world = new SandboxWorld();
beforeAll(() => world.start());
afterAll(() => world.remove());

// In this order: the search for secrets wants all that was done before it, and the last suite stops the sandbox.
wholeStack(world);
rotation(world);
replicas(world);
secretValues(world);
restart(world);
