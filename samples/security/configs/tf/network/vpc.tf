resource "aws_vpc" "shop" {
  cidr_block           = var.cidr_blocks[0]
  enable_dns_hostnames = true
}

resource "aws_subnet" "shop" {
  for_each                = toset(["a", "b"])
  vpc_id                  = aws_vpc.shop.id
  cidr_block              = cidrsubnet(aws_vpc.shop.cidr_block, 8, each.key == "a" ? 1 : 2)
  map_public_ip_on_launch = true
}
