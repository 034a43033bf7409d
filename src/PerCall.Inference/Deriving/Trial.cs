using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PerCall.Inference.Outputs;
using PerCall.Inference.Packages;
using PerCall.Inference.Tensors;

namespace PerCall.Inference.Deriving;

/// <summary>
/// The outputs of runs on generated inputs. A graph need not declare the shapes of its outputs, and does not say what was applied to them.
/// </summary>
internal sealed class Trial
{
    private const double SumTolerance = 0.01;

    private readonly Dictionary<string, List<float[]>> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long[]> _shapes = new(StringComparer.Ordinal);

    /// <summary>Why the graph failed; null if it ran.</summary>
    public string? Failure { get; private set; }

    /// <summary>Runs the graph twice, on different values.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="inputs">Its inputs with shapes without free dimensions.</param>
    /// <param name="cancellation">Stops the run.</param>
    public static Trial Run(GraphFacts graph, IReadOnlyList<TensorDescription> inputs, CancellationToken cancellation)
    {
        var trial = new Trial();
        string[] outputs = [.. graph.Outputs.Where(o => o.Type is not null and not TensorType.String).Select(o => o.Name)];
        for (var seed = 0; seed < 2 && trial.Failure is null && outputs.Length > 0; seed++)
        {
            OrtValue[] values = [.. inputs.Select(i => Generate(graph, i, seed))];
            try
            {
                using var results = graph.Session.Run([.. inputs.Select(i => i.Name)], values, outputs, cancellation);
                foreach (var (name, result) in outputs.Zip(results))
                {
                    trial.Keep(name, result);
                }
            }
            catch (Exception e) when (e is ModelFailedException or OnnxRuntimeException)
            {
                trial.Failure = e.Message;
            }
            finally
            {
                Array.ForEach(values, v => v.Dispose());
            }
        }

        return trial;
    }

    /// <summary>Returns the dimensions of an output; null if the graph did not run.</summary>
    public int[]? ShapeOf(string output) => _shapes.TryGetValue(output, out var shape) ? [.. shape.Select(d => (int)d)] : null;

    /// <summary>Whether all values of an output are probabilities that add up to 1 along its second dimension.</summary>
    public bool IsSoftmax(string output) =>
        IsBetween(output) && _values[output].All(v => Math.Abs(v.Sum(x => (double)x) - 1) < SumTolerance);

    /// <summary>Whether all values of an output are from 0 to 1.</summary>
    public bool IsBetween(string output) =>
        _values.TryGetValue(output, out var runs) && runs.All(v => v.Length > 1 && v.All(x => x is >= 0 and <= 1));

    private void Keep(string name, OrtValue result)
    {
        if (!result.IsTensor)
        {
            return;
        }

        var info = result.GetTensorTypeAndShape();
        _shapes[name] = info.Shape;
        if (info.ElementDataType is TensorElementType.String or TensorElementType.Bool || info.ElementCount > 1 << 24)
        {
            return;
        }

        var values = new float[info.ElementCount];
        TensorReader.CopyTo(result, 0, values);
        if (!_values.TryGetValue(name, out var runs))
        {
            _values[name] = runs = [];
        }

        runs.Add(values);
    }

    private static OrtValue Generate(GraphFacts graph, TensorDescription input, int seed)
    {
        long[] shape = [.. input.Shape.Select(d => (long)d)];
        if (input.Type == TensorType.String)
        {
            return Texts(shape, graph.WordsOf(input.Name)?.Words[0] ?? "");
        }

        var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, ElementTypes.Of(input.Type), shape);
        var random = new Random(seed);
        switch (input.Type)
        {
            case TensorType.Float32:
                Fill(value, () => random.NextSingle());
                break;
            case TensorType.Float64:
                Fill(value, random.NextDouble);
                break;
            case TensorType.Float16:
                Fill(value, () => (Half)random.NextSingle());
                break;
            case TensorType.Int32:
                Fill(value, () => 1);
                break;
            case TensorType.Int64:
                Fill(value, () => 1L);
                break;
            default:
                value.GetTensorMutableRawData().Clear();
                break;
        }

        return value;
    }

    private static OrtValue Texts(long[] shape, string text)
    {
        var texts = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        for (var i = 0; i < shape.Aggregate(1L, (product, d) => product * d); i++)
        {
            texts.StringTensorSetElementAt(text.AsSpan(), (int)i);
        }

        return texts;
    }

    private static void Fill<T>(OrtValue value, Func<T> next)
        where T : unmanaged
    {
        var elements = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(value.GetTensorMutableRawData());
        for (var i = 0; i < elements.Length; i++)
        {
            elements[i] = next();
        }
    }
}
