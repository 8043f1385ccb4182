import { randomUUID } from "node:crypto";
import * as z from "zod";
import { AwsError } from "./errors.ts";
import { operation } from "./operation.ts";
import type { Context } from "./state.ts";

const invalidCode = "InvalidParameter";
/** Messages that are kept to be looked at. */
const keptMessages = 200;

/** SNS: topics that remember what was published to them. */
export const sns = (context: Context) => {
  const { state, save, region, accountId } = context;

  const CreateTopic = operation(
    z.object({ Name: z.string().regex(/^[A-Za-z0-9_-]{1,256}(\.fifo)?$/, "Topic Name") }),
    (input) => {
      const arn = `arn:aws:sns:${region}:${accountId}:${input.Name}`;
      if (!state.topics.some((topic) => topic.arn === arn)) {
        state.topics.push({ arn, name: input.Name });
        save();
      }
      return { TopicArn: arn };
    },
    invalidCode,
  );

  const ListTopics = operation(
    z.object({ NextToken: z.string().optional() }),
    () => ({ Topics: state.topics.map((topic) => ({ TopicArn: topic.arn })) }),
    invalidCode,
  );

  const Publish = operation(
    z.object({
      TopicArn: z.string().optional(),
      TargetArn: z.string().optional(),
      Message: z.string().min(1, "Empty message").max(262_144),
      Subject: z.string().min(1).max(100).optional(),
    }),
    (input) => {
      const topicArn = input.TopicArn ?? input.TargetArn;
      if (!topicArn)
        throw new AwsError(
          "InvalidParameter",
          "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter",
        );
      if (!state.topics.some((topic) => topic.arn === topicArn)) {
        throw new AwsError("NotFound", "Topic does not exist", 404);
      }
      const messageId = randomUUID();
      state.messages.push({
        messageId,
        topicArn,
        subject: input.Subject,
        message: input.Message,
        at: Date.now(),
      });
      state.messages.splice(0, state.messages.length - keptMessages);
      save();
      return { MessageId: messageId };
    },
    invalidCode,
  );

  return { CreateTopic, ListTopics, Publish };
};
export type Sns = ReturnType<typeof sns>;
