import type { PlannedResource, ProgramRun } from "../monitor/index.ts";

/** A resource with what belongs to it. */
export interface Node {
  resource: PlannedResource;
  /** Its name without what all of them share: `bulwark-production-network-nat-a` → `network-nat-a`. */
  label: string;
  children: Node[];
}

/** One line of the program's table of contents: a component directly below the stack, or all that stands there on its own. */
export interface ComponentGroup {
  title: string;
  /** Type of the component; undefined for resources without one. */
  kind?: string;
  nodes: Node[];
  /** Real resources in it: components are only groups, and are not counted. */
  count: number;
}

/** The resources as a tree, in the order in which the program made them. */
function treeOf({ resources, project, stack }: Planned): Node[] {
  const nodes = new Map(
    resources.map((resource): [string, Node] => [
      resource.urn,
      { resource, label: labelOf(resource.name, `${project}-${stack}-`), children: [] },
    ]),
  );
  const roots: Node[] = [];
  for (const node of nodes.values()) {
    const parent = node.resource.parent === undefined ? undefined : nodes.get(node.resource.parent);
    (parent?.children ?? roots).push(node);
  }
  const [stackNode] = roots;
  return roots.length === 1 && stackNode?.resource.type === "pulumi:pulumi:Stack"
    ? stackNode.children
    : roots;
}

type Planned = Pick<ProgramRun, "resources" | "project" | "stack">;

const labelOf = (name: string, shared: string): string =>
  name.startsWith(shared) ? name.slice(shared.length) : name;

/** The resources by component, in the program's order; resources outside of any component come last, together. */
export function componentGroupsOf(run: Planned): ComponentGroup[] {
  const tree = treeOf(run);
  const components = tree.filter(({ resource }) => resource.component);
  const loose = tree.filter(({ resource }) => !resource.component);
  const groups = components.map(
    (node): ComponentGroup => ({
      title: node.label,
      kind: shortType(node.resource.type),
      nodes: node.children,
      count: countOf(node),
    }),
  );
  if (loose.length > 0) groups.push({ title: "on their own", nodes: loose, count: sum(loose) });
  return groups;
}

const sum = (nodes: readonly Node[]): number => nodes.reduce((total, node) => total + countOf(node), 0);

/** Real resources below some nodes. */
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
