resource "aws_security_group" "internal" {
  name        = "internal"
  description = "Only from the shop's own network"
  ingress {
    description = "TLS"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = var.cidr_blocks
  }
}
