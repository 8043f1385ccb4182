import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies.ts";

// Making it starts the server that the engine asks: this file is for the engine alone.
new PolicyPack("bulwark-guardrails", { policies: [...policies], enforcementLevel: "mandatory" });
