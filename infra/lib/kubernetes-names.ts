/** What the API is called in Kubernetes. The cluster is the environment's own, so names need not tell environments apart. */
export const namespace = "bulwark";
export const apiName = "api";
export const workerName = "worker";
export const migrationsName = "migrate";
/** The node pool with own nodes, and its node class. */
export const nodePoolName = "bulwark";

/**
 * Who runs the image: the user made for it in the Dockerfile. Linters want an id above 10000, lest it be somebody's on the node
 * (CKV_K8S_40, kube-score "low user ID"): Auto Mode's nodes have no users of their own, and nothing of theirs is mounted.
 */
export const userId = 1001;

const partOf = { "app.kubernetes.io/part-of": "bulwark", "app.kubernetes.io/managed-by": "pulumi" };

/** What selects the pods of a component: never changes, for a Deployment's selector cannot. */
export const selectorOf = (component: string) => ({
  "app.kubernetes.io/name": "bulwark",
  "app.kubernetes.io/component": component,
});

/** The labels of a component's objects. */
export const labelsOf = (component: string) => ({ ...partOf, ...selectorOf(component) });

/** The labels of objects that belong to no one component. */
export const sharedLabels = { ...partOf, "app.kubernetes.io/name": "bulwark" };
