import availability from "./examples/availability.graphql?raw";
import bookWithCard from "./examples/book_with_card.graphql?raw";
import bookWithPoints from "./examples/book_with_points.graphql?raw";
import cancelBooking from "./examples/cancel_booking.graphql?raw";
import confirmCardBooking from "./examples/confirm_card_booking.graphql?raw";
import experiences from "./examples/experiences.graphql?raw";
import myBookings from "./examples/my_bookings.graphql?raw";
import signIn from "./examples/sign_in.graphql?raw";
import watchBooking from "./examples/watch_booking.graphql?raw";

export type Example = { title: string; query: string; variables: string };

// Ids come from the answers to the examples before; see found.ts.
export const EXAMPLES: Example[] = [
  example("Sign in", signIn, { input: { email: "", password: "" } }),
  example("Experiences with their venues", experiences, { first: 20 }),
  example("Free times of one experience", availability, {
    id: "<experience id>",
    date: tomorrow(),
    partySize: 2,
  }),
  example("Book with points", bookWithPoints, {
    input: { idempotencyKey: "<new key>", slotId: "<slot id>", guestNotes: null },
  }),
  example("Book with a card", bookWithCard, {
    input: { idempotencyKey: "<new key>", slotId: "<slot id>", stripeVersion: null },
  }),
  example("Confirm a card booking", confirmCardBooking, { input: { bookingId: "<booking id>" } }),
  example("My bookings", myBookings, { first: 20 }),
  example("Watch a booking", watchBooking, { id: "<booking id>" }),
  example("Cancel a booking", cancelBooking, { input: { bookingId: "<booking id>" } }),
];

function example(title: string, query: string, variables: object): Example {
  return { title, query: query.trim(), variables: JSON.stringify(variables, null, 2) };
}

function tomorrow(): string {
  const day = new Date();
  day.setDate(day.getDate() + 1);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
