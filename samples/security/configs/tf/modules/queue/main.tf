variable "name" {}

resource "aws_sqs_queue" "queue" {
  name                    = var.name
  sqs_managed_sse_enabled = false
}

output "url" { value = aws_sqs_queue.queue.url }
