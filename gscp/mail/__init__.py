"""Mail: what is to be sent is a row of the database first, and `send_mail_outbox` sends it."""
