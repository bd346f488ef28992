// What an app does with the outcome of a booking. It compiles only while the generated types tell all
// members of the result apart, and hold of each what the app needs.
import { BookWithPointsDocument, WatchBookingDocument } from "./out/typescript/graphql";
import type { BookWithPointsMutation, BookWithPointsMutationVariables, BookingStatus } from "./out/typescript/graphql";

export const operations = [BookWithPointsDocument, WatchBookingDocument];

export const wish: BookWithPointsMutationVariables = {
  input: { idempotencyKey: "made-once-for-this-booking", slotId: "a slot's id" },
};

export function told(result: BookWithPointsMutation["bookWithPoints"]): string {
  switch (result.__typename) {
    case "BookingAccepted":
      return isOpen(result.booking.status) ? "We will tell you." : (result.booking.confirmationCode ?? "Booked.");
    case "InsufficientPoints":
      return `${result.required - result.balance} points are missing.`;
    case "SlotUnavailable":
      return result.alternatives.map((slot) => slot.startsAt).join(", ");
    case "InvalidInput":
      return `A fault of ours: ${result.field}`;
    case "IdempotencyConflict":
    case "MemberSessionExpired":
    case "UpstreamUnavailable":
      return result.retryable ? "Please try again." : result.message;
  }
}

function isOpen(status: BookingStatus): boolean {
  return status === "PENDING" || status === "REQUESTED" || status === "AWAITING_PAYMENT";
}
