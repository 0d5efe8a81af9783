"""Surnames and given-name characters with their pinyin, by hand: a romaniser guesses wrong where a character has two readings."""

from __future__ import annotations

#: Common surnames with pinyin and a weight near their share.
SURNAMES: tuple[tuple[str, str, int], ...] = (
    ("王", "Wang", 72), ("李", "Li", 70), ("张", "Zhang", 66), ("刘", "Liu", 52), ("陈", "Chen", 46), ("杨", "Yang", 30),
    ("赵", "Zhao", 22), ("黄", "Huang", 22), ("周", "Zhou", 20), ("吴", "Wu", 20), ("徐", "Xu", 16), ("孙", "Sun", 15),
    ("马", "Ma", 13), ("胡", "Hu", 13), ("朱", "Zhu", 13), ("郭", "Guo", 12), ("何", "He", 11), ("林", "Lin", 11),
    ("高", "Gao", 10), ("罗", "Luo", 10), ("郑", "Zheng", 9), ("梁", "Liang", 8), ("谢", "Xie", 7), ("宋", "Song", 7),
    ("唐", "Tang", 7), ("许", "Xu", 7), ("韩", "Han", 6), ("冯", "Feng", 6), ("邓", "Deng", 6), ("曹", "Cao", 6),
    ("彭", "Peng", 6), ("曾", "Zeng", 6), ("肖", "Xiao", 6), ("田", "Tian", 5), ("董", "Dong", 5), ("袁", "Yuan", 5),
    ("潘", "Pan", 5), ("于", "Yu", 5), ("蒋", "Jiang", 5), ("蔡", "Cai", 5), ("余", "Yu", 5), ("杜", "Du", 5),
    ("叶", "Ye", 4), ("程", "Cheng", 4), ("苏", "Su", 4), ("魏", "Wei", 4), ("吕", "Lü", 4), ("丁", "Ding", 4),
    ("任", "Ren", 4), ("沈", "Shen", 4), ("姚", "Yao", 4), ("卢", "Lu", 4), ("姜", "Jiang", 4), ("崔", "Cui", 3),
    ("钟", "Zhong", 3), ("谭", "Tan", 3), ("陆", "Lu", 3), ("范", "Fan", 3), ("汪", "Wang", 3), ("廖", "Liao", 3),
    ("石", "Shi", 3), ("金", "Jin", 3), ("贾", "Jia", 3), ("夏", "Xia", 3), ("付", "Fu", 3), ("方", "Fang", 3),
    ("邹", "Zou", 2), ("熊", "Xiong", 2), ("白", "Bai", 2), ("孟", "Meng", 2), ("秦", "Qin", 2), ("邱", "Qiu", 2),
    ("侯", "Hou", 2), ("江", "Jiang", 2), ("尹", "Yin", 2), ("薛", "Xue", 2), ("闫", "Yan", 2), ("段", "Duan", 2),
    ("雷", "Lei", 2), ("龙", "Long", 1), ("黎", "Li", 2), ("史", "Shi", 2), ("陶", "Tao", 2), ("贺", "He", 2),
    ("顾", "Gu", 2), ("毛", "Mao", 1), ("郝", "Hao", 2), ("龚", "Gong", 2), ("邵", "Shao", 2), ("万", "Wan", 2),
)

Characters = tuple[tuple[str, str], ...]

#: Two generations, each with characters for the first and the second place of a given name.
OLDER: tuple[tuple[Characters, Characters], ...] = (
    (
        (("建", "jian"), ("永", "yong"), ("德", "de"), ("长", "chang"), ("福", "fu"), ("兴", "xing"), ("宝", "bao"),
         ("玉", "yu"), ("传", "chuan"), ("广", "guang"), ("守", "shou"), ("世", "shi"), ("庆", "qing"), ("树", "shu")),
        (("民", "min"), ("生", "sheng"), ("山", "shan"), ("林", "lin"), ("发", "fa"), ("良", "liang"), ("顺", "shun"),
         ("贵", "gui"), ("成", "cheng"), ("根", "gen"), ("田", "tian"), ("才", "cai"), ("义", "yi"), ("康", "kang")),
    ),
    (
        (("秀", "xiu"), ("桂", "gui"), ("玉", "yu"), ("淑", "shu"), ("凤", "feng"), ("素", "su"), ("月", "yue"),
         ("爱", "ai"), ("翠", "cui"), ("巧", "qiao"), ("腊", "la"), ("银", "yin"), ("兰", "lan"), ("美", "mei")),
        (("英", "ying"), ("珍", "zhen"), ("琴", "qin"), ("芳", "fang"), ("梅", "mei"), ("芬", "fen"), ("莲", "lian"),
         ("香", "xiang"), ("云", "yun"), ("霞", "xia"), ("娥", "e"), ("萍", "ping"), ("花", "hua"), ("娣", "di")),
    ),
)
YOUNGER: tuple[tuple[Characters, Characters], ...] = (
    (
        (("志", "zhi"), ("文", "wen"), ("俊", "jun"), ("浩", "hao"), ("宇", "yu"), ("子", "zi"), ("嘉", "jia"),
         ("立", "li"), ("思", "si"), ("启", "qi"), ("书", "shu"), ("承", "cheng"), ("景", "jing"), ("睿", "rui")),
        (("远", "yuan"), ("峰", "feng"), ("轩", "xuan"), ("阳", "yang"), ("涛", "tao"), ("谦", "qian"), ("然", "ran"),
         ("辰", "chen"), ("航", "hang"), ("川", "chuan"), ("礼", "li"), ("培", "pei"), ("澄", "cheng"), ("野", "ye")),
    ),
    (
        (("晓", "xiao"), ("雨", "yu"), ("佳", "jia"), ("婉", "wan"), ("若", "ruo"), ("思", "si"), ("雪", "xue"),
         ("书", "shu"), ("欣", "xin"), ("梦", "meng"), ("依", "yi"), ("静", "jing"), ("亦", "yi"), ("可", "ke")),
        (("清", "qing"), ("溪", "xi"), ("涵", "han"), ("悦", "yue"), ("琳", "lin"), ("洁", "jie"), ("莹", "ying"),
         ("怡", "yi"), ("宁", "ning"), ("薇", "wei"), ("妍", "yan"), ("彤", "tong"), ("敏", "min"), ("楠", "nan")),
    ),
)
#: Given names of one character, as many people have.
SINGLE: Characters = (
    ("磊", "Lei"), ("鹏", "Peng"), ("涛", "Tao"), ("洁", "Jie"), ("敏", "Min"), ("莹", "Ying"), ("静", "Jing"), ("琴", "Qin"),
    ("欢", "Huan"), ("旭", "Xu"), ("晨", "Chen"), ("婷", "Ting"), ("慧", "Hui"), ("坤", "Kun"), ("瑶", "Yao"), ("岚", "Lan"),
)

#: Those who are named on the first pages of the demonstration: login -> name, pinyin.
NAMED: dict[str, tuple[str, str]] = {
    "worker": ("林晓", "Lin Xiao"),
    "cadre": ("陈志远", "Chen Zhiyuan"),
    "dept": ("赵明谦", "Zhao Mingqian"),
    "leader": ("沈景川", "Shen Jingchuan"),
    "county": ("许承礼", "Xu Chengli"),
    "admin": ("高立民", "Gao Limin"),
    "auditor": ("邵书宁", "Shao Shuning"),
    "second_cadre": ("苏婉清", "Su Wanqing"),
    "third_cadre": ("梁启培", "Liang Qipei"),
}
