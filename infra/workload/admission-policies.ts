import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { namespace, sharedLabels } from "../lib/kubernetes-names.ts";
import { judgedObjects, objectRules, objectVariables } from "./admission-objects.ts";
import { type Holder, rulesOf, variablesOf } from "./admission-rules.ts";

export interface AdmissionPoliciesArgs {
  /** The environment's image repository, without tag: the only one whose images run. */
  repositoryUrl: pulumi.Input<string>;
  /** Firewall of every Ingress. */
  webAclArn: pulumi.Input<string>;
  /** The namespace. */
  dependsOn: readonly pulumi.Resource[];
}

/** Who makes the pods of Jobs: each controller of the control plane has a name of its own. */
const jobController = "system:serviceaccount:kube-system:job-controller";

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
    // Later the scheduler has put it somewhere.
    placed: 'request.operation == "CREATE" && has(object.spec.nodeName)',
    mayMigrate: `request.operation == "UPDATE" || request.userInfo.username == "${jobController}"`,
  },
  {
    suffix: "workloads",
    apiGroups: ["apps"],
    resources: ["deployments", "statefulsets", "daemonsets"],
    podSpec: "object.spec.template.spec",
    mayMigrate: "false",
  },
  {
    suffix: "jobs",
    apiGroups: ["batch"],
    resources: ["jobs"],
    podSpec: "object.spec.template.spec",
    mayMigrate: "true",
  },
  {
    suffix: "cron-jobs",
    apiGroups: ["batch"],
    resources: ["cronjobs"],
    podSpec: "object.spec.jobTemplate.spec.template.spec",
    mayMigrate: "false",
  },
];

/**
 * What is on its way out must be able to go, whatever it is: its finalizers are taken off by updates. Containers for debugging
 * are no part of going.
 */
const stays =
  'request.operation != "UPDATE" || !has(oldObject.metadata.deletionTimestamp) || has(request.subResource)';

type Spec = kubernetes.types.input.admissionregistration.v1.ValidatingAdmissionPolicySpec;

/**
 * Admission policies of the namespace, judged by the API server itself: images only from the environment's own repository
 * and by digest, and the rest of `admission-rules.ts` and `admission-objects.ts`. Whoever may write to the namespace is
 * still held to them. What they refuse, and what is left open, is listed in docs/admission.md.
 */
export class AdmissionPolicies extends pulumi.ComponentResource {
  constructor(name: string, args: AdmissionPoliciesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:workload:AdmissionPolicies", name, {}, opts);
    const rules = pulumi.output(args.repositoryUrl).apply(rulesOf);
    for (const holder of holders) this.#ofPods(name, holder, rules, args);
    this.#policy(name, "objects", args, {
      matchConstraints: { namespaceSelector: ownNamespace, resourceRules: judgedObjects },
      variables: objectVariables,
      validations: pulumi.output(args.webAclArn).apply(objectRules),
    });
    this.registerOutputs();
  }

  #ofPods(
    name: string,
    holder: Holder,
    validations: pulumi.Output<ReturnType<typeof rulesOf>>,
    args: AdmissionPoliciesArgs,
  ) {
    const { apiGroups, resources } = holder;
    const operations = ["CREATE", "UPDATE"];
    this.#policy(name, holder.suffix, args, {
      matchConstraints: {
        namespaceSelector: ownNamespace,
        resourceRules: [{ apiGroups, apiVersions: ["v1"], operations, resources }],
      },
      variables: variablesOf(holder),
      validations,
    });
  }

  #policy(name: string, suffix: string, args: AdmissionPoliciesArgs, spec: Spec) {
    const opts = { parent: this, dependsOn: [...args.dependsOn] };
    const metadata = { name: `${namespace}-${suffix}`, labels: sharedLabels };
    const policy = new kubernetes.admissionregistration.v1.ValidatingAdmissionPolicy(
      `${name}-${suffix}`,
      {
        metadata,
        spec: { failurePolicy: "Fail", matchConditions: [{ name: "stays", expression: stays }], ...spec },
      },
      opts,
    );
    new kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
      `${name}-${suffix}`,
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
  }
}

const ownNamespace = { matchLabels: { "kubernetes.io/metadata.name": namespace } };
