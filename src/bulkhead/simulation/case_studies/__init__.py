"""How a case study is played twice, measured and told. The five stories themselves are the modules of ``stories``."""
