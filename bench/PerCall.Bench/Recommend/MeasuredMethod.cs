using PerCall.Inference.Packages;
using PerCall.Training;
using PerCall.Training.Baselines;
using PerCall.Training.Neighbors;

namespace PerCall.Bench.Recommend;

/// <summary>A method with its defaults, and the error that it must not pass.</summary>
internal sealed record MeasuredMethod(string Name, ITrainer Trainer, double? WantedRmse = null)
{
    public const string Popularity = "popularity";
    public const string Als = "als";

    private static readonly NeighborOptions Plain = new() { Baseline = null, Shrinkage = 0, Neighbors = 40 };

    public static IReadOnlyList<MeasuredMethod> All { get; } =
    [
        new(Popularity, new Popularity()),
        new("baseline", new BaselineTrainer(new())),
        new("mf", Default(RecommenderMethod.MatrixFactorization), 0.885),
        new("svd++", Default(RecommenderMethod.SvdPlusPlus), 0.88),
        new(Als, Default(RecommenderMethod.ImplicitAls)),
        new("item-knn", Default(RecommenderMethod.ItemNeighbors), 0.895),
        new("user-knn", Default(RecommenderMethod.UserNeighbors)),
        new("item-knn without baseline", new NeighborTrainer(overItems: true, Plain)),
        new("user-knn without baseline", new NeighborTrainer(overItems: false, Plain)),
    ];

    private static ITrainer Default(RecommenderMethod method) => Methods.Create(method, new());
}
