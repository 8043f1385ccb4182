import * as pulumi from "@pulumi/pulumi";

/**
 * Tags on every AWS resource of an environment: the environment's own, the two that tell what manages it, and its time to
 * live where it has one.
 * `bulwark:environment` is what the cost report and the teardown look for.
 */
export function environmentTags(environment: {
  name: string;
  tags: Readonly<Record<string, string>>;
  schedule?: { expires?: string | undefined } | undefined;
}) {
  const expires = environment.schedule?.expires;
  return {
    ...environment.tags,
    ...(expires === undefined ? {} : { "bulwark:expires": expires }),
    "bulwark:environment": environment.name,
    "bulwark:managed-by": "pulumi",
  };
}

/**
 * A transformation that puts `tags` on every AWS resource below the component it is given to, so that no resource can be
 * forgotten. The AWS provider's default tags would need a provider of our own, and then `aws:…` configuration alone would
 * no longer decide the target. A taggable resource is known by the SDK's `tagsAll` output, which its constructor names
 * among the properties; a resource's own tags win. What belongs to a network has no name but the one in its tags.
 */
export function tagEverything(tags: Readonly<Record<string, string>>): pulumi.ResourceTransformation {
  return ({ type, name, props, opts }) => {
    if (!type.startsWith("aws:") || !("tagsAll" in props)) return undefined;
    const named = /^aws:(ec2|vpc)\//.test(type) ? { Name: name } : {};
    const all = pulumi.output(props.tags).apply((own) => ({ ...tags, ...named, ...own }));
    return { props: { ...props, tags: all }, opts };
  };
}
