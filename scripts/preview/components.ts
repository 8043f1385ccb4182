import type { PlannedResource, ProgramRun } from "../monitor/index.ts";

/** A resource with what belongs to it. */
export interface Node {
  resource: PlannedResource;
  children: Node[];
}

/** One line of the program's table of contents: a component directly below the stack, or all that stands there on its own. */
export interface Part {
  title: string;
  /** Type of the component; none for what belongs to no component. */
  kind?: string;
  nodes: Node[];
  /** Real resources in it: components are only groups, and are not counted. */
  count: number;
}

/** The resources as a tree, in the order in which the program made them. */
export function treeOf({ resources }: Pick<ProgramRun, "resources">): Node[] {
  const nodes = new Map(resources.map((resource) => [resource.urn, { resource, children: [] } as Node]));
  const roots: Node[] = [];
  for (const node of nodes.values()) {
    const parent = node.resource.parent === undefined ? undefined : nodes.get(node.resource.parent);
    (parent?.children ?? roots).push(node);
  }
  const [stack] = roots;
  return roots.length === 1 && stack?.resource.type === "pulumi:pulumi:Stack" ? stack.children : roots;
}

/** Parts of the stack, in the program's order; resources outside of any component come last, together. */
export function partsOf(run: Pick<ProgramRun, "resources">): Part[] {
  const tree = treeOf(run);
  const components = tree.filter(({ resource }) => resource.component);
  const loose = tree.filter(({ resource }) => !resource.component);
  const parts = components.map((node): Part => {
    const { name, type } = node.resource;
    return { title: name, kind: shortType(type), nodes: node.children, count: countOf(node) };
  });
  if (loose.length > 0) parts.push({ title: "on their own", nodes: loose, count: sum(loose) });
  return parts;
}

const sum = (nodes: readonly Node[]): number => nodes.reduce((total, node) => total + countOf(node), 0);

/** Real resources in a part of the tree. */
export function countOf(node: Node): number {
  return sum(node.children) + (isReal(node.resource) ? 1 : 0);
}

/** Components group, providers configure: what remains is what exists after a deployment. */
export function isReal({ component, type }: PlannedResource): boolean {
  return !component && !type.startsWith("pulumi:");
}

/** `aws:ec2/vpc:Vpc` → `ec2.Vpc`, `kubernetes:apps/v1:Deployment` → `apps/v1 Deployment`. */
export function shortType(type: string): string {
  const [pkg = "", module = "", kind = ""] = type.split(":");
  if (pkg === "kubernetes") return `${module} ${kind}`;
  if (pkg === "aws") return `${module.split("/")[0]}.${kind}`;
  if (type.startsWith("pulumi:providers:")) return `provider ${kind}`;
  return kind || type;
}
