# Corners of the syntax, each also read by hcl2json (see ../README.md).
a_number = 007
b_number = 1.5e3
c_number = -12
d_not    = !true
e_not    = !var.x
f_null   = null
g_empty  = ""
h_escape = "tab\t quote\" back\\ nl\n é \u00e9 \U0001F600 $${no} %%{no} $ % $$ 50%"
i_wrap   = "${var.x}"
j_wrap   = "${[1, "two", { three = 3 }]}"
k_mixed  = "a${var.x}b${"inner ${local.y}"}c${1}d${true}e${null}"
l_trim   = "a  ${~ var.x ~}  b"
m_if     = "x%{ if var.c }yes%{ else }no%{ endif }z"
n_for    = "%{ for k, v in var.m ~} ${k}=${v} %{~ endfor }"
o_list = [1, 2,
  3, # a comment
  [var.a, ], ]
p_map = { a = 1, b : 2
  "c d" = 3
  (var.k) = 4, e.f = 5, "g${var.h}" = 6, 7 = "seven", true = 8
  a = 9
}
q_for   = [for i, x in var.list : upper(x) if x != ""]
r_for   = { for k, v in var.map : k => v... if v != null }
s_splat = aws_instance.web[*].network[0].ip
t_splat = aws_instance.web.*.network.0.ip
u_index = var.map["key"][var.i].name
v_call  = merge(
  local.a, # of all
  { b = 1 },
  var.rest...
)
w_cond = var.a > 1 && var.b <= 2 || !var.c ? "yes" : var.d == "x" ? "no" : "maybe"
x_math = (1 + 2) * -var.n % 3 - 4 / 5
y_ns   = provider::aws::arn_parse(var.arn)
z_key  = jsonencode({ "A" = [1, 2] })
under_-score = 1
größe        = "ü"

heredoc = <<EOT
plain ${var.x}
  indented $${kept} %%{kept}
%{ if var.c }
conditional
%{ endif }
EOT

outdented = <<-EOT
    four
      six ${var.x}

    %{ for n in var.names ~}
    - ${n}
    %{ endfor ~}
    last
    EOT

in_call = jsonencode(<<-X
  a
  X
)

plain {}
plain { a = 2 }
block "one" "two" { a = 1 }
block one three {
  nested {
    a = 1
  }
  nested {
    a = 2
  }
  deeper "label" {
    b { c = "d" }
  }
}
