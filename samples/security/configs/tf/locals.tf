locals {
  tags = { team = "shop", stage = var.stage }
  names = [for n in ["web", "api", "cache"] : "${var.stage}-${n}"]
  by_name = { for n in local.names : n => upper(n) if n != "test-cache" }
  total   = 2 * length(local.names) + 1
}
