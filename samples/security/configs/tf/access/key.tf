resource "aws_kms_key" "shop" {
  description         = "Größe und 価格 🛒"
  enable_key_rotation = false
}
