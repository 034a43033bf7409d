using PerCall.Inference.Packages;
using PerCall.Training.Factorization;
using PerCall.Training.Neighbors;

namespace PerCall.Training;

/// <summary>The methods by their names on the command line.</summary>
internal static class Methods
{
    public static IReadOnlyDictionary<string, RecommenderMethod> ByName { get; } = new Dictionary<string, RecommenderMethod>
    {
        ["mf"] = RecommenderMethod.MatrixFactorization,
        ["svd++"] = RecommenderMethod.SvdPlusPlus,
        ["als"] = RecommenderMethod.ImplicitAls,
        ["item-knn"] = RecommenderMethod.ItemNeighbors,
        ["user-knn"] = RecommenderMethod.UserNeighbors,
    };

    public static ITrainer Create(RecommenderMethod method, MethodSettings settings) => method switch
    {
        RecommenderMethod.MatrixFactorization => new MatrixFactorization(MatrixFactorization(settings)),
        RecommenderMethod.SvdPlusPlus => new SvdPlusPlus(SvdPlusPlus(settings)),
        RecommenderMethod.ImplicitAls => new ImplicitAls(ImplicitAls(settings)),
        RecommenderMethod.ItemNeighbors => new NeighborTrainer(overItems: true, Neighbors(settings)),
        RecommenderMethod.UserNeighbors => new NeighborTrainer(overItems: false, Neighbors(settings)),
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "Unknown method."),
    };

    private static MatrixFactorizationOptions MatrixFactorization(MethodSettings s)
    {
        var defaults = new MatrixFactorizationOptions();
        return defaults with
        {
            Factors = s.Factors ?? defaults.Factors,
            Epochs = s.Epochs ?? defaults.Epochs,
            LearningRate = s.LearningRate ?? defaults.LearningRate,
            Regularization = s.Regularization ?? defaults.Regularization,
            Seed = s.Seed,
            Threads = s.Threads,
        };
    }

    private static SvdPlusPlusOptions SvdPlusPlus(MethodSettings s)
    {
        var defaults = new SvdPlusPlusOptions();
        return defaults with
        {
            Factors = s.Factors ?? defaults.Factors,
            Epochs = s.Epochs ?? defaults.Epochs,
            LearningRate = s.LearningRate ?? defaults.LearningRate,
            Regularization = s.Regularization ?? defaults.Regularization,
            ImplicitRegularization = s.Regularization ?? defaults.ImplicitRegularization,
            Seed = s.Seed,
        };
    }

    private static ImplicitAlsOptions ImplicitAls(MethodSettings s)
    {
        var defaults = new ImplicitAlsOptions();
        return defaults with
        {
            Factors = s.Factors ?? defaults.Factors,
            Epochs = s.Epochs ?? defaults.Epochs,
            Regularization = s.Regularization ?? defaults.Regularization,
            Confidence = s.Confidence ?? defaults.Confidence,
            Seed = s.Seed,
            Threads = s.Threads,
        };
    }

    private static NeighborOptions Neighbors(MethodSettings s)
    {
        var defaults = new NeighborOptions();
        return defaults with
        {
            Neighbors = s.Neighbors ?? defaults.Neighbors,
            Shrinkage = s.Shrinkage ?? defaults.Shrinkage,
            Threads = s.Threads,
        };
    }
}
