import { json } from "../calls.ts";
import type { Supplement } from "../proxy.ts";

/** Which version of an EKS add-on fits a Kubernetes: one for each, as DescribeAddonVersions tells it. The emulator knows none. */
export function addOnVersions(): Supplement {
  return {
    calls: /^eks GET \/addons\/supported-versions$/,
    answer: async ({ target }) => {
      const asked = new URL(target, "http://eks").searchParams;
      const compatibilities = [
        { clusterVersion: asked.get("kubernetesVersion"), platformVersions: ["*"], defaultVersion: true },
      ];
      const version = { addonVersion: "v6.36.0-eksbuild.1", compatibilities };
      return json({ addons: [{ addonName: asked.get("addonName"), addonVersions: [version] }] });
    },
  };
}
