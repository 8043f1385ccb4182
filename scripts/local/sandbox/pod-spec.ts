import * as z from "zod";
import { CommandError } from "../../cli/errors.ts";

/** Kubernetes writes ports as a number, or as the name that a container gave one. */
const portReference = z.union([z.number().int(), z.string()]);
const seconds = (standard: number) => z.number().int().min(0).default(standard);

/** Defaults are those of the Kubernetes API. */
const probe = z.strictObject({
  httpGet: z.strictObject({
    path: z.string().default("/"),
    port: portReference,
    scheme: z.literal("HTTP").default("HTTP"),
    httpHeaders: z.array(z.strictObject({ name: z.string(), value: z.string() })).default([]),
  }),
  initialDelaySeconds: seconds(0),
  periodSeconds: seconds(10),
  timeoutSeconds: seconds(1),
  failureThreshold: seconds(3),
  successThreshold: seconds(1),
});
export type Probe = z.infer<typeof probe>;

const environmentVariable = z.union([
  z.strictObject({
    name: z.string(),
    valueFrom: z.strictObject({
      fieldRef: z.strictObject({ apiVersion: z.string().optional(), fieldPath: z.string() }),
    }),
  }),
  z.strictObject({ name: z.string(), value: z.string().default("") }),
]);

const container = z.object({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  workingDir: z.string().optional(),
  env: z.array(environmentVariable).default([]),
  envFrom: z.undefined("is not done in the sandbox: give the variables one by one").optional(),
  ports: z.array(z.object({ name: z.string().optional(), containerPort: z.number().int() })).default([]),
  startupProbe: probe.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  lifecycle: z
    .strictObject({
      preStop: z.strictObject({ sleep: z.strictObject({ seconds: z.number().int().min(0) }) }).optional(),
    })
    .default({}),
});
export type Container = z.infer<typeof container>;

const podSpec = z.object({
  containers: z.tuple([container], "the sandbox runs exactly one container per pod"),
  initContainers: z.array(z.unknown()).max(0, "are not run in the sandbox").default([]),
  serviceAccountName: z.string().default("default"),
  terminationGracePeriodSeconds: seconds(30),
});

const podTemplate = z.object({
  metadata: z
    .object({
      labels: z.record(z.string(), z.string()).default({}),
      annotations: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
  spec: podSpec,
});
export type PodTemplate = z.infer<typeof podTemplate>;

const metadata = z.object({ name: z.string(), namespace: z.string().default("default") });

const deployment = z.object({
  metadata,
  spec: z.object({
    replicas: z.number().int().min(0).default(1),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: podTemplate,
    minReadySeconds: seconds(0),
    progressDeadlineSeconds: seconds(600),
  }),
});
export type DeploymentSpec = z.infer<typeof deployment>;

const job = z.object({
  metadata,
  spec: z.object({
    backoffLimit: z.number().int().min(0).default(6),
    podFailurePolicy: z
      .object({
        rules: z.array(
          z.object({
            action: z.literal("FailJob"),
            onExitCodes: z.object({ operator: z.literal("In"), values: z.array(z.number().int()) }),
          }),
        ),
      })
      .default({ rules: [] }),
    activeDeadlineSeconds: z.number().int().min(1).optional(),
    template: podTemplate,
  }),
});
export type JobSpec = z.infer<typeof job>;

const service = z.object({
  metadata,
  spec: z.object({
    selector: z.record(z.string(), z.string()).default({}),
    ports: z.array(
      z.object({ name: z.string().optional(), port: z.number().int(), targetPort: portReference.optional() }),
    ),
  }),
});
export type ServiceSpec = z.infer<typeof service>;

const ingress = z.object({
  metadata: metadata.extend({ annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({
    rules: z
      .array(
        z.object({
          host: z.string().optional(),
          http: z.object({
            paths: z.array(
              z.object({
                path: z.string().default("/"),
                pathType: z.enum(["Prefix", "Exact", "ImplementationSpecific"]),
                backend: z.object({
                  service: z.object({
                    name: z.string(),
                    port: z.object({ name: z.string().optional(), number: z.number().int().optional() }),
                  }),
                }),
              }),
            ),
          }),
        }),
      )
      .default([]),
  }),
});
export type IngressSpec = z.infer<typeof ingress>;

/**
 * Reads the parts of a manifest that the sandbox carries out. What it cannot carry out (a second container, a Secret as
 * environment, a probe by command) is refused rather than left out, so that what runs here is what would run there.
 */
const reader =
  <Schema extends z.ZodType>(kind: string, schema: Schema) =>
  (name: string, manifest: unknown): z.output<Schema> => {
    const read = schema.safeParse(manifest);
    if (read.success) return read.data;
    throw new CommandError(
      `the sandbox cannot run the ${kind} "${name}" as it is declared:\n${z.prettifyError(read.error)}`,
    );
  };

export const readDeployment = reader("Deployment", deployment);
export const readJob = reader("Job", job);
export const readService = reader("Service", service);
export const readIngress = reader("Ingress", ingress);

/** The number of a container's port, by number or by name. */
export const portNumber = (spec: Container, port: number | string): number => {
  if (typeof port === "number") return port;
  const named = spec.ports.find(({ name }) => name === port);
  if (!named) throw new CommandError(`container "${spec.name}" has no port named "${port}"`);
  return named.containerPort;
};
