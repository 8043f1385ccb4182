/** Stands where a secret was. */
export const maskedValue = "[secret]";
/** Stands where a value is not known before the deployment. */
export const unknownMark = "[unknown]";
