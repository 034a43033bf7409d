using PerCall.Inference.Onnx.Graph;
using DataType = PerCall.Inference.Onnx.Graph.TensorProto.Types.DataType;

namespace PerCall.Inference.Tests.Deriving;

/// <summary>Small graphs in the forms of common exports. Their answers can be computed by hand.</summary>
internal static class Graphs
{
    private const int Opset = 17;

    /// <summary>Reads a picture, NCHW. The three logits are the means of the three channels.</summary>
    /// <param name="side">Height and width; -1 for free ones.</param>
    /// <param name="input">The input's name.</param>
    /// <param name="output">The output's name.</param>
    /// <param name="last">An operator behind the logits, for example Softmax; null for none.</param>
    public static ModelProto Channels(int side = -1, string input = "pixel_values", string output = "logits", string? last = null)
    {
        var builder = new GraphBuilder("channels");
        var pixels = builder.Input(input, DataType.Float, -1, 3, side, side);
        var means = builder.Add("Flatten", builder.Add("GlobalAveragePool", pixels));
        builder.Output(output, last is null ? means : builder.Add(last, means), DataType.Float, -1, 3);
        return builder.ToModel(8, Opset);
    }

    /// <summary>Reads a picture of bytes, NHWC, as Keras exports it.</summary>
    public static ModelProto Bytes(int side)
    {
        var builder = new GraphBuilder("bytes");
        var pixels = builder.Input("input_1", DataType.Uint8, -1, side, side, 3);
        var numbers = builder.Add("Cast", [pixels], Attributes.Int("to", (long)DataType.Float));
        var means = builder.Add("ReduceMean", [numbers], Ints("axes", 1, 2), Attributes.Int("keepdims", 0));
        builder.Output("predictions", builder.Add("Softmax", builder.Add("Div", means, builder.Float(255))), DataType.Float, -1, 3);
        return builder.ToModel(8, Opset);
    }

    /// <summary>Gives the means of the channels at each place of a 4 × 4 grid, as a model for segmentation does.</summary>
    public static ModelProto Grid()
    {
        var builder = new GraphBuilder("grid");
        var pixels = builder.Input("pixel_values", DataType.Float, -1, 3, -1, -1);
        var pooled = builder.Add("AveragePool", [pixels], Ints("kernel_shape", 4, 4), Ints("strides", 4, 4));
        builder.Output("logits", pooled, DataType.Float, -1, 3, -1, -1);
        return builder.ToModel(8, Opset);
    }

    /// <summary>Reads columns. The logits are the columns.</summary>
    public static ModelProto Columns(int columns, string? last = null)
    {
        var builder = new GraphBuilder("columns");
        var row = builder.Input("input", DataType.Float, -1, columns);
        builder.Output("output", last is null ? row : builder.Add(last, row), DataType.Float, -1, columns);
        return builder.ToModel(8, Opset);
    }

    /// <summary>Reads token ids with their mask. Each of the two logits is the mean of the ids, the second one negated.</summary>
    public static ModelProto MeanOfIds(int logits = 2)
    {
        var builder = new GraphBuilder("ids");
        var (ids, mask) = (builder.Input("input_ids", DataType.Int64, -1, -1), builder.Input("attention_mask", DataType.Int64, -1, -1));
        var numbers = builder.Add("Cast", [builder.Add("Mul", ids, mask)], Attributes.Int("to", (long)DataType.Float));
        var places = builder.Add("Cast", [mask], Attributes.Int("to", (long)DataType.Float));
        var sum = builder.Add("ReduceSum", numbers, builder.Longs(1));
        var mean = builder.Add("Div", sum, builder.Add("ReduceSum", places, builder.Longs(1)));
        var both = logits == 1 ? mean : builder.Add("Concat", [mean, builder.Add("Neg", mean)], Attributes.Int("axis", 1));
        builder.Output("logits", both, DataType.Float, -1, logits);
        return builder.ToModel(8, Opset);
    }

    /// <summary>Reads token ids, without a mask. The logits are the mean of the ids, and its negation.</summary>
    public static ModelProto MeanOfAll(string input)
    {
        var builder = new GraphBuilder("all");
        var numbers = builder.Add("Cast", [builder.Input(input, DataType.Int64, -1, -1)], Attributes.Int("to", (long)DataType.Float));
        var mean = builder.Add("ReduceMean", [numbers], Ints("axes", 1));
        builder.Output("scores", builder.Add("Concat", [mean, builder.Add("Neg", mean)], Attributes.Int("axis", 1)), DataType.Float, -1, 2);
        return builder.ToModel(8, Opset);
    }

    /// <summary>Reads token ids with their mask, and gives two values for each token: its id, and its id negated.</summary>
    /// <param name="output">The output's name.</param>
    /// <param name="hasPooler">Whether there is an output without a telling name, with two values for each text.</param>
    public static ModelProto PerToken(string output, bool hasPooler = false)
    {
        var builder = new GraphBuilder("tokens");
        var (ids, mask) = (builder.Input("input_ids", DataType.Int64, -1, -1), builder.Input("attention_mask", DataType.Int64, -1, -1));
        var numbers = builder.Add("Cast", [builder.Add("Mul", ids, mask)], Attributes.Int("to", (long)DataType.Float));
        var places = builder.Add("Unsqueeze", numbers, builder.Longs(2));
        var values = builder.Add("Concat", [places, builder.Add("Neg", places)], Attributes.Int("axis", 2));
        builder.Output(output, values, DataType.Float, -1, -1, 2);
        if (hasPooler)
        {
            var mean = builder.Add("ReduceMean", [values], Ints("axes", 1), Attributes.Int("keepdims", 0));
            builder.Output("924", builder.Add("Tanh", mean), DataType.Float, -1, 2);
        }

        return builder.ToModel(8, Opset);
    }

    /// <summary>
    /// Reads samples of sound and a state, as a recurrent model for streams does, and a rate. It fails on any other length than
    /// <paramref name="samples"/>, and on a state for several inputs.
    /// </summary>
    public static ModelProto Stream(int samples)
    {
        var builder = new GraphBuilder("stream");
        var (sound, state) = (builder.Input("input", DataType.Float, -1, -1), builder.Input("state", DataType.Float, 2, -1, 4));
        builder.Input("rate", DataType.Int64);
        builder.Output("output", builder.Add("Reshape", sound, builder.Longs(1, samples)), DataType.Float, -1, -1);
        builder.Output("stateN", builder.Add("Reshape", state, builder.Longs(2, 1, 4)), DataType.Float, 2, -1, 4);
        return builder.ToModel(8, Opset);
    }

    /// <summary>Adds a member of the graph's metadata.</summary>
    public static ModelProto With(this ModelProto model, string key, string value)
    {
        model.MetadataProps.Add(new Onnx.StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    private static AttributeProto Ints(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.Add(values);
        return attribute;
    }
}
