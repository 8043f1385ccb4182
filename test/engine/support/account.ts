/** The account of the engine test: none that documentation uses, since the program takes those for left over. */
export const accountId = "409187263540";
export const region = "us-east-1";
