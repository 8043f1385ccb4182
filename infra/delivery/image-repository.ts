import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface ImageRepositoryArgs {
  /** KMS key that images are encrypted with. */
  keyArn: pulumi.Input<string>;
  /** Whether the repository may be deleted with images in it. */
  deleteWithImages: boolean;
}

/** Images kept: more than any rollback needs, since what runs is named by digest and must stay pullable. */
const keptImages = 100;

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
    this.registerOutputs();
  }
}

function lifecycle(): string {
  const rule = (rulePriority: number, description: string, selection: Record<string, unknown>) => ({
    rulePriority,
    description,
    selection,
    action: { type: "expire" },
  });
  return JSON.stringify({
    rules: [
      rule(1, "Untagged images are left-overs of builds", {
        tagStatus: "untagged",
        countType: "sinceImagePushed",
        countUnit: "days",
        countNumber: 14,
      }),
      rule(2, `The newest ${keptImages} images`, {
        tagStatus: "any",
        countType: "imageCountMoreThan",
        countNumber: keptImages,
      }),
    ],
  });
}
