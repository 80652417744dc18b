resource "aws_ebs_volume" "plain" {
  availability_zone = "eu-west-1a"
  size              = 40
  encrypted         = false
}

resource "aws_ebs_volume" "sealed" {
  availability_zone = "eu-west-1a"
  size              = 40
  encrypted         = true
  kms_key_id        = aws_kms_key.shop.arn
}
