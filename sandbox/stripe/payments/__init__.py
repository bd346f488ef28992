"""The life of a PaymentIntent (docs.stripe.com/payments/paymentintents/lifecycle)."""
