// Pulumi loads a policy pack by require() and through a compiler of its own, which knows no TypeScript as Node runs it.
// An import() goes past both: Node takes the types out by itself.
module.exports = import("./pack.ts");
