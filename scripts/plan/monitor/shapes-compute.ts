import type { Shape, Shaper } from "./shapes.ts";

const iamNamed =
  (kind: string): Shaper =>
  (shape) => {
    const name = shape.named();
    const path = shape.text("path") ?? "/";
    return {
      id: kind === "role" ? name : shape.globalArn("iam", `${kind}${path}${name}`),
      name,
      arn: shape.globalArn("iam", `${kind}${path}${name}`),
      uniqueId: `AROA${shape.code(17)}`,
      policyId: `ANPA${shape.code(17)}`,
    };
  };

const lambda: Shaper = (shape) => {
  const name = shape.named();
  const arn = shape.arn("lambda", `function:${name}`);
  return {
    id: name,
    name,
    arn,
    qualifiedArn: `${arn}:1`,
    version: "1",
    invokeArn: shape
      .arn("apigateway", `path/2015-03-31/functions/${arn}/invocations`)
      .replace(`:${shape.account}:path`, ":lambda:path"),
    codeSha256: shape.hex(44),
    sourceCodeSize: 1_000_000,
  };
};

/** A certificate authority's certificate as EKS gives it: base64 of PEM text. No real key stands behind it. */
const caData = (shape: Shape) =>
  Buffer.from(`-----BEGIN CERTIFICATE-----\n${shape.hex(64)}\n-----END CERTIFICATE-----\n`).toString(
    "base64",
  );

const cluster: Shaper = (shape) => {
  const name = shape.named();
  const uid = shape.hex(32).toUpperCase();
  return {
    id: name,
    name,
    arn: shape.arn("eks", `cluster/${name}`),
    endpoint: `https://${uid}.gr7.${shape.region}.eks.amazonaws.com`,
    certificateAuthority: { data: caData(shape) },
    certificateAuthorities: [{ data: caData(shape) }],
    identities: [{ oidcs: [{ issuer: `https://oidc.eks.${shape.region}.amazonaws.com/id/${uid}` }] }],
    vpcConfig: {
      ...(typeof shape.inputs.vpcConfig === "object" ? shape.inputs.vpcConfig : {}),
      clusterSecurityGroupId: `sg-0${shape.hex(16, "cluster")}`,
      vpcId: `vpc-0${shape.hex(16, "vpc")}`,
    },
    platformVersion: "eks.12",
    // Nothing answers at a made-up endpoint: the program waits for a cluster that is ACTIVE.
    status: "CREATING",
    createdAt: "2026-01-01T00:00:00Z",
  };
};

const repository: Shaper = (shape) => {
  const name = shape.named();
  return {
    id: name,
    name,
    arn: shape.arn("ecr", `repository/${name}`),
    registryId: shape.account,
    repositoryUrl: `${shape.account}.dkr.ecr.${shape.region}.amazonaws.com/${name}`,
  };
};

const partOfCluster =
  (kind: string): Shaper =>
  (shape) => {
    const clusterName = shape.text("clusterName") ?? "cluster";
    const id = `a-${shape.hex(17)}`;
    return {
      id,
      associationId: id,
      arn: shape.arn("eks", `${kind}/${clusterName}/${id}`),
      associationArn: shape.arn("eks", `${kind}/${clusterName}/${id}`),
      accessEntryArn: shape.arn("eks", `access-entry/${clusterName}/role/${shape.account}/${id}`),
      associatedAt: "2026-01-01T00:00:00Z",
    };
  };

/** Types that run code, and the identities they run as. */
export const computeShapes: Record<string, Shaper> = {
  "aws:iam/role:Role": iamNamed("role"),
  "aws:iam/rolePolicy:RolePolicy": (shape) => ({
    id: `${shape.text("role") ?? ""}:${shape.named()}`,
    name: shape.named(),
  }),
  "aws:lambda/function:Function": lambda,
  "aws:lambda/permission:Permission": (shape) => ({
    id: shape.text("statementId") ?? `${shape.request.name}-${shape.hex(7)}`,
  }),
  "aws:lambda/invocation:Invocation": (shape) => ({ id: shape.hex(64), result: "{}" }),
  "aws:eks/cluster:Cluster": cluster,
  "aws:eks/accessEntry:AccessEntry": partOfCluster("access-entry"),
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": partOfCluster("access-policy"),
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": partOfCluster("podidentityassociation"),
  "aws:eks/addon:Addon": partOfCluster("addon"),
  "aws:ecr/repository:Repository": repository,
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": (shape) => ({
    id: shape.text("repository") ?? "",
    registryId: shape.account,
  }),
  "aws:sqs/queue:Queue": (shape) => {
    const name = shape.named();
    const url = `https://sqs.${shape.region}.amazonaws.com/${shape.account}/${name}`;
    return { id: url, url, name, arn: shape.arn("sqs", name) };
  },
};
