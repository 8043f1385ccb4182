import * as z from "zod";
import type { KubernetesObject } from "../../cluster/support/api.ts";
import { accountId, region } from "./account.ts";
import type { LoadBalancers } from "./cluster.ts";
import { elementsIn, textIn } from "./xml.ts";

/** Calls to AWS that the test makes itself, of services whose SDK nothing else here needs. */
export class Questions {
  readonly #url: string;

  /** @param url of the proxy */
  constructor(url: string) {
    this.#url = url;
  }

  /** A Query call; returns the XML. */
  query(service: string, version: string, parameters: Record<string, string>): Promise<string> {
    const body = new URLSearchParams({ Version: version, ...parameters }).toString();
    return this.ask(service, "/", body, { "content-type": "application/x-www-form-urlencoded" });
  }

  /** Any call; returns the body. @throws with the body, where the call is refused */
  async ask(
    service: string,
    path: string,
    body: string | undefined,
    headers: Record<string, string>,
    method = "POST",
  ): Promise<string> {
    const scope = `20260101/${region}/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${accountId}/${scope}, SignedHeaders=host, Signature=0`;
    const answer = await fetch(this.#url + path, {
      method,
      headers: { ...headers, authorization },
      body: body ?? null,
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${service} answered ${answer.status}: ${text}`);
    return text;
  }

  /** A call of a JSON service by its target. */
  async json(service: string, target: string, input: unknown): Promise<unknown> {
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
    return JSON.parse(await this.ask(service, "/", JSON.stringify(input), headers));
  }

  /** A call of a REST service. */
  async rest(service: string, method: string, path: string, input?: unknown): Promise<unknown> {
    const body = input === undefined ? undefined : JSON.stringify(input);
    const text = await this.ask(service, path, body, { "content-type": "application/json" }, method);
    return text === "" ? undefined : JSON.parse(text);
  }

  /** Makes a hosted zone, which a domain's owner has before the stack; returns its id. */
  async makeHostedZone(domain: string): Promise<string> {
    const request = `<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>${domain}</Name><CallerReference>${domain}</CallerReference></CreateHostedZoneRequest>`;
    const answer = await this.ask("route53", "/2013-04-01/hostedzone", request, {
      "content-type": "text/xml",
    });
    const [id] = /\bZ[A-Z0-9]+\b/.exec(textIn(answer, "Id") ?? "") ?? [];
    if (id === undefined) throw new Error(`Route 53 made no zone: ${answer}`);
    return id;
  }

  /** ARNs of everything that carries the environment's tag. */
  async tagged(environment: string): Promise<string[]> {
    const answer = await this.json("tagging", "ResourceGroupsTaggingAPI_20170126.GetResources", {
      TagFilters: [{ Key: "bulwark:environment", Values: [environment] }],
    });
    const { ResourceTagMappingList: found } = mappings.parse(answer);
    return found.map(({ ResourceARN }) => ResourceARN);
  }
}

const mappings = z.object({ ResourceTagMappingList: z.array(z.object({ ResourceARN: z.string() })) });
const elbVersion = "2015-12-01";

/** Load balancers as Auto Mode's controller makes them: found again by their tags. */
export function loadBalancers(questions: Questions, clusterName: string): LoadBalancers {
  let made: { arn: string; dnsName: string } | undefined;
  return {
    make: async ({ metadata }: KubernetesObject) => {
      if (made !== undefined) return made.dnsName;
      const tags = {
        "eks:eks-cluster-name": clusterName,
        "ingress.eks.amazonaws.com/resource": "LoadBalancer",
        "ingress.eks.amazonaws.com/stack": `${metadata.namespace}/${metadata.name}`,
      };
      const numbered = Object.entries(tags).flatMap(([key, value], index) => [
        [`Tags.member.${index + 1}.Key`, key],
        [`Tags.member.${index + 1}.Value`, value],
      ]);
      const answer = await questions.query("elasticloadbalancing", elbVersion, {
        Action: "CreateLoadBalancer",
        Name: "k8s-bulwark",
        Type: "application",
        ...Object.fromEntries(numbered),
      });
      const [balancer = ""] = elementsIn(answer, "LoadBalancers");
      made = { arn: textIn(balancer, "LoadBalancerArn") ?? "", dnsName: textIn(balancer, "DNSName") ?? "" };
      return made.dnsName;
    },
    remove: async () => {
      if (made === undefined) return;
      const { arn } = made;
      made = undefined;
      await questions.query("elasticloadbalancing", elbVersion, {
        Action: "DeleteLoadBalancer",
        LoadBalancerArn: arn,
      });
    },
  };
}
