using PerCall.Inference.Packages;
using PerCall.Inference.Recommend.Arrays;

namespace PerCall.Inference.Recommend;

/// <summary>A recommender's data beside the graph: the mapped arrays, and the catalogue in memory.</summary>
internal sealed class RecommenderModel : IDisposable
{
    private readonly SafetensorsFile _file;

    private RecommenderModel(
        SafetensorsFile file, RecommenderData data, IReadOnlyDictionary<string, int> userIndex, IReadOnlyDictionary<string, int> itemIndex)
    {
        (_file, Data, UserIndex, ItemIndex) = (file, data, userIndex, itemIndex);
        Popularity = new(
            file.Read<int>(ArrayNames.PopularItems, data.Items.Count), file.Read<float>(ArrayNames.Popularity, data.Items.Count));
        RecommenderDataValidator.Indexes(ArrayNames.PopularItems, Popularity.Items.Span, data.Items.Count);
        ItemGram = data.Method == RecommenderMethod.ImplicitAls ? file.Read<float>(
            ArrayNames.ItemGram, data.Dimensions, data.Dimensions) : default;
        NoVector = new float[data.VectorLength()];
        Attributes = new(() => AttributeIndex.Of(data.Items));
    }

    public RecommenderData Data { get; }

    public Popularity Popularity { get; }

    /// <summary>For implicit ALS: YᵀY.</summary>
    public ReadOnlyMemory<float> ItemGram { get; }

    /// <summary>The graph's input <c>vector</c> for calls that do not use it.</summary>
    public float[] NoVector { get; }

    public IReadOnlyDictionary<string, int> UserIndex { get; }

    public IReadOnlyDictionary<string, int> ItemIndex { get; }

    /// <summary>Created by the first call with a filter.</summary>
    public Lazy<AttributeIndex> Attributes { get; }

    /// <exception cref="ModelCorruptException">The files are inconsistent with the manifest or with each other.</exception>
    public static async Task<RecommenderModel> OpenAsync(ModelManifest manifest, string folder)
    {
        var rules = manifest.Recommender ?? throw new InvalidOperationException($"{manifest} is not a recommender.");
        SafetensorsFile? file = null;
        try
        {
            file = new SafetensorsFile(Path.Combine(folder, rules.Data));
            // The two files with a line per user and item take longer than all the rest, so they are read in parallel.
            var reading = Task.Run(() => Users(Path.Combine(folder, rules.Users)));
            var cataloguing = Task.Run(() => Items(Path.Combine(folder, rules.Items)));
            await Task.WhenAll(reading, cataloguing);
            var (users, userIndex) = await reading;
            var (items, itemIndex) = await cataloguing;
            var data = RecommenderReader.Read(rules, users, items, file);
            return VectorLength(manifest) is { } length && length != data.VectorLength()
                ? throw new InvalidDataException(
                    $"the input '{TensorNames.Vector}' has {length} elements in the manifest, "
                        + $"but {data.VectorLength()} with the arrays of {rules.Data}.")
                : new(file, data, userIndex, itemIndex);
        }
        catch (Exception e)
        {
            file?.Dispose();
            if (e is InvalidDataException or OverflowException or FileNotFoundException)
            {
                throw new ModelCorruptException($"The recommender {manifest} cannot be read: {e.Message}", e);
            }

            throw;
        }
    }

    public void Dispose() => _file.Dispose();

    private static (string[] Ids, Dictionary<string, int> Index) Users(string path)
    {
        var ids = JsonLines.Strings(path);
        return (ids, IdIndex.Of("user", ids));
    }

    private static (ItemCatalog Items, Dictionary<string, int> Index) Items(string path)
    {
        var items = ItemCatalog.Read(path);
        return (items, IdIndex.Of("item", items.Ids));
    }

    private static int? VectorLength(ModelManifest manifest) =>
        manifest.Inputs.FirstOrDefault(i => i.Name == TensorNames.Vector)?.Shape is [_, > 0 and var length] ? length : null;
}
