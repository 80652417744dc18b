resource "aws_instance" "web" {
  count         = var.stage == "live" ? 3 : 1
  ami           = data.aws_ami.base.id
  instance_type = "t3.small"
  user_data     = <<-EOT
    #!/bin/sh
    echo "stage ${var.stage}" > /etc/stage
    %{ for n in local.names ~}
    echo ${n} >> /etc/names
    %{ endfor ~}
    echo $${HOME} 100%
  EOT
  metadata_options {
    http_tokens = "optional"
  }
}

data "aws_ami" "base" {
  most_recent = true
  owners      = ["self"]
  filter {
    name   = "name"
    values = ["shop-base-*"]
  }
}
