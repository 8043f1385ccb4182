import * as pulumi from "@pulumi/pulumi";

/**
 * `value`, but who uses it depends on `resources` too: it is made after them and deleted before them. For what a thing needs
 * without naming it: a node in a subnet needs the subnet's route to the internet until its last moment.
 */
export function dependingOn<T>(
  value: pulumi.Input<T>,
  resources: readonly pulumi.Resource[],
): pulumi.Output<pulumi.Unwrap<T>> {
  const urns = pulumi.all(resources.map(({ urn }) => urn));
  return pulumi.all([value, urns]).apply(([inner]) => inner);
}
