import { Resource, type ResourceData, UnknownValue } from "./resource.ts";

/** The circumstances that a plan is judged in. */
export interface Circumstances {
  /** Name of the environment. */
  stack: string;
  /** YYYY-MM-DD: decides which exceptions have run out and which versions are still supported. */
  today: string;
}

/** All resources of an environment, for rules about how they belong together. */
export class ResourceGraph {
  readonly resources: readonly Resource[];
  readonly stack: string;
  readonly today: string;
  readonly #related: boolean;

  constructor(resources: readonly ResourceData[], { stack, today }: Circumstances) {
    this.resources = resources.map((resource) => new Resource(resource));
    this.stack = stack;
    this.today = today;
    this.#related =
      this.resources.length < 2 || this.resources.some(({ dependencies }) => dependencies.length > 0);
  }

  ofType(...types: string[]): Resource[] {
    return this.resources.filter(({ type }) => matches(type, types));
  }

  /** The target account: the one to whose IAM the keys delegate. @throws UnknownValue if no key names it */
  get accountId(): string {
    const policies = JSON.stringify(this.ofType("aws:kms/key:Key").map(({ inputs }) => inputs.policy));
    const [, accountId] = /:iam::(\d{12}):root/.exec(policies) ?? [];
    if (accountId === undefined) throw new UnknownValue("the account");
    return accountId;
  }

  /** Resources, of the types if any are named, whose properties come from `subject`. */
  referringTo(subject: Resource, ...types: string[]): Resource[] {
    // A plan read from a file can lack its dependencies: then rules about relations are unknown.
    if (!this.#related) throw new UnknownValue("what refers to it");
    const referring = this.resources.filter(({ dependencies }) => dependencies.includes(subject.urn));
    return types.length === 0 ? referring : referring.filter(({ type }) => matches(type, types));
  }

  /** Resources of the types that `subject`'s properties come from. */
  referredBy(subject: Resource, ...types: string[]): Resource[] {
    if (!this.#related) throw new UnknownValue("what it refers to");
    return this.ofType(...types).filter(({ urn }) => subject.dependencies.includes(urn));
  }
}

/** Whether a type token is among `types`; one that ends in `*` matches that prefix. */
export const matches = (type: string, types: readonly string[]): boolean =>
  types.some((wanted) => (wanted.endsWith("*") ? type.startsWith(wanted.slice(0, -1)) : type === wanted));
