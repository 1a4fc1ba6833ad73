"""The words with which names state a line of business; they stand between the trade name and the legal form."""

_CHINESE = """
科技 技术 高科 高新 信息 网络 软件 数据 数码 数字 通信 通讯 电信 电子 电气 电器 电工 光电 光学 光伏 半导体 微电子
集成电路 智能 自动化 控制 仪器 仪表 设备 装备 机械 机电 机床 重工 制造 精密 模具 五金 工具 汽车 车辆 零部件 船舶
航空 航天 轨道交通 交通 运输 物流 供应链 快递 航运 港口 港务 高速 机场 铁路 贸易 商贸 经贸 进出口 国际贸易 商业 百货
超市 零售 连锁 电子商务 实业 产业 工业 企业 控股 城建 城投 路桥 发展 开发 投资 资本 资产管理 管理 咨询 服务 企业管理
金融 银行 证券 保险 信托 租赁 期货 基金 担保 地产 房地产 置业 物业 建设 建筑 建工 工程 建材 建筑材料 装饰 设计 园林
景观 环保 环境 环境保护 节能 水务 水利 生态 能源 新能源 电力 热电 热力 燃气 石油 石化 煤炭 煤业 矿业 矿产 资源 钢铁
特钢 金属 有色金属 铝业 铜业 稀土 材料 新材料 复合材料 化工 化学 化纤 化肥 塑料 塑胶 橡胶 玻璃 陶瓷 水泥 纸业 造纸
印刷 包装 纺织 纺织品 服装 服饰 鞋业 家居 家具 家电 食品 饮料 乳业 酒业 啤酒 白酒 粮油 调味品 餐饮 餐饮管理 酒店
旅游 农业 农牧 牧业 渔业 水产 种业 林业 饲料 生物 生物科技 生物技术 医药 药业 制药 生物医药 医疗 医疗器械 医院 健康
中药 化妆品 日化 教育 培训 学校 文化 文化传媒 传媒 传播 广告 影视 出版 出版传媒 体育 娱乐 游戏 互动 玩具 珠宝 首饰
烘焙 咖啡 百货 药房 大药房 诊所 便利店
"""
_LATIN = """
trading technology technologies tech software systems solutions services service consulting logistics manufacturing
industries industrial industry international enterprises enterprise holdings holding group partners ventures electronics
foods food pharmaceuticals pharma medical energy engineering construction properties media design restaurant cafe hotel
school schools academy college institute center centre clinic hospital church store shop market pharmacy
"""

INDUSTRIES = dict.fromkeys(sorted({*_CHINESE.split(), *_LATIN.split()}, key=lambda word: (-len(word), word)))
"""The longest first, so that the first with which a name ends is meant."""
_BY_LAST = {last: tuple(word for word in INDUSTRIES if word[-1] == last) for last in {word[-1] for word in INDUSTRIES}}


def without_industry(name: str, *, leave: int = 2) -> tuple[str, str]:
    """A name and the lines of business with which it ends; at least `leave` characters of it are the name."""
    industry = ""
    while (word := _last_word(name, leave)) is not None:
        name, industry = name.removesuffix(word), word + industry
    return name, industry


def _last_word(name: str, leave: int) -> str | None:
    for word in _BY_LAST.get(name[-1:], ()):
        if name.endswith(word) and len(name) - len(word) >= leave:
            return word
    return None
