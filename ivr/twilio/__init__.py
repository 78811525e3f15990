"""Twilio as a second front door: calls through its webhooks and media streams, text messages."""
