<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US">
<context>
    <name>pentimento::MainWindow</name>
    <message numerus="yes">
        <source>%1, %n thread(s)</source>
        <translation>
            <numerusform>%1, %n thread</numerusform>
            <numerusform>%1, %n threads</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>pentimento::MaskPanel</name>
    <message numerus="yes">
        <source>The edit blends in over a rim of %n pixel(s).</source>
        <translation>
            <numerusform>The edit blends in over a rim of %n pixel.</numerusform>
            <numerusform>The edit blends in over a rim of %n pixels.</numerusform>
        </translation>
    </message>
</context>
</TS>
