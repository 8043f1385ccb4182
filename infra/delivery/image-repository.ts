import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface ImageRepositoryArgs {
  /** KMS key that images are encrypted with. */
  keyArn: pulumi.Input<string>;
  /** Whether the repository may be deleted with images in it. */
  deleteWithImages: boolean;
}

/** What an image that is deployed is tagged with: such an image must stay for pods that start later, and for a way back. */
export const releasePrefix = "release-";
/** Releases kept, the newest: with one a day the oldest is three years old when it goes. */
const keptReleases = 1_000;
/** Other images kept: builds that nobody deployed. */
const keptBuilds = 50;

/** Where the API's images lie: tags never move, every image is scanned as it arrives. */
export class ImageRepository extends pulumi.ComponentResource {
  readonly repositoryUrl: pulumi.Output<string>;
  readonly repositoryArn: pulumi.Output<string>;

  constructor(name: string, args: ImageRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bulwark:delivery:ImageRepository", name, {}, opts);
    const repository = new aws.ecr.Repository(
      name,
      {
        name,
        imageTagMutability: "IMMUTABLE",
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: args.keyArn }],
        forceDelete: args.deleteWithImages,
      },
      { parent: this },
    );
    new aws.ecr.LifecyclePolicy(name, { repository: repository.name, policy: lifecycle() }, { parent: this });
    this.repositoryUrl = repository.repositoryUrl;
    this.repositoryArn = repository.arn;
    this.registerOutputs({ repositoryUrl: this.repositoryUrl, repositoryArn: this.repositoryArn });
  }
}

/**
 * An image that a rule's tags select is never taken by a later rule, so a release with other tags beside is safe as well.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 */
function lifecycle(): string {
  const rule = (rulePriority: number, description: string, selection: Record<string, unknown>) => ({
    rulePriority,
    description,
    selection,
    action: { type: "expire" },
  });
  return JSON.stringify({
    rules: [
      rule(1, `The newest ${keptReleases} releases stay`, {
        tagStatus: "tagged",
        tagPatternList: [`${releasePrefix}*`],
        countType: "imageCountMoreThan",
        countNumber: keptReleases,
      }),
      rule(2, "Untagged images are left-overs of builds", {
        tagStatus: "untagged",
        countType: "sinceImagePushed",
        countUnit: "days",
        countNumber: 14,
      }),
      rule(3, `Of other images the newest ${keptBuilds} stay`, {
        tagStatus: "any",
        countType: "imageCountMoreThan",
        countNumber: keptBuilds,
      }),
    ],
  });
}
