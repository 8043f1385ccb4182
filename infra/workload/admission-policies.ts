import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { rulesOf, variablesOf } from "./admission-rules.ts";
import { namespace, sharedLabels } from "./names.ts";

export interface AdmissionPoliciesArgs {
  /** The environment's image repository, without tag: the only one whose images run. */
  repositoryUrl: pulumi.Input<string>;
  /** The namespace. */
  after: readonly pulumi.Resource[];
}

/** An API's objects that hold a pod's specification, and where. One policy each: a policy's types are checked as one. */
interface Holder {
  suffix: string;
  apiGroups: string[];
  resources: string[];
  podSpec: string;
}

/**
 * ReplicaSets are not among them: the Deployment that made one has been judged, its pods will be, and an older one must
 * stay free to be scaled down.
 */
const holders: readonly Holder[] = [
  {
    suffix: "pods",
    apiGroups: [""],
    resources: ["pods", "pods/ephemeralcontainers"],
    podSpec: "object.spec",
  },
  {
    suffix: "workloads",
    apiGroups: ["apps"],
    resources: ["deployments", "statefulsets", "daemonsets"],
    podSpec: "object.spec.template.spec",
  },
  { suffix: "jobs", apiGroups: ["batch"], resources: ["jobs"], podSpec: "object.spec.template.spec" },
  {
    suffix: "cron-jobs",
    apiGroups: ["batch"],
    resources: ["cronjobs"],
    podSpec: "object.spec.jobTemplate.spec.template.spec",
  },
];

/**
 * Admission policies of the namespace, judged by the API server itself: images only from the environment's own repository
 * and by digest, and the rest of `admission-rules.ts`. Whoever may write to the namespace is still held to them.
 */
export class AdmissionPolicies extends pulumi.ComponentResource {
  readonly policies: readonly pulumi.Resource[];

  constructor(name: string, args: AdmissionPoliciesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:workload:AdmissionPolicies", name, {}, opts);
    const rules = pulumi.output(args.repositoryUrl).apply(rulesOf);
    this.policies = holders.flatMap((holder) =>
      this.#policy(`${name}-${holder.suffix}`, holder, rules, args),
    );
    this.registerOutputs();
  }

  #policy(
    name: string,
    holder: Holder,
    validations: pulumi.Output<ReturnType<typeof rulesOf>>,
    args: AdmissionPoliciesArgs,
  ) {
    const opts = { parent: this, dependsOn: [...args.after] };
    const metadata = { name: `${namespace}-${holder.suffix}`, labels: sharedLabels };
    const { apiGroups, resources } = holder;
    const policy = new kubernetes.admissionregistration.v1.ValidatingAdmissionPolicy(
      name,
      {
        metadata,
        spec: {
          failurePolicy: "Fail",
          matchConstraints: {
            namespaceSelector: ownNamespace,
            resourceRules: [{ apiGroups, apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources }],
          },
          // What is being deleted must be able to go, whatever it is.
          matchConditions: [{ name: "stays", expression: "!has(object.metadata.deletionTimestamp)" }],
          variables: variablesOf(holder.podSpec),
          validations,
        },
      },
      opts,
    );
    const binding = new kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
      name,
      {
        metadata,
        spec: {
          policyName: policy.metadata.name,
          validationActions: ["Deny"],
          matchResources: { namespaceSelector: ownNamespace },
        },
      },
      opts,
    );
    return [policy, binding];
  }
}

const ownNamespace = { matchLabels: { "kubernetes.io/metadata.name": namespace } };
