using System.Globalization;
using PerCall.Training.Evaluation;
using PerCall.Training.Factorization;
using PerCall.Training.Ratings;
namespace PerCall.Training;
internal static class Scratch {
  public static RatingSet Load(string file) {
    var u = new Dictionary<string,int>(); var it = new Dictionary<string,int>();
    List<int> U=[],I=[]; List<float> V=[]; List<long> T=[];
    foreach (var l in File.ReadLines(file).Skip(1)) { var f=l.Split(',');
      if(!u.TryGetValue(f[0],out var a)) u[f[0]]=a=u.Count; if(!it.TryGetValue(f[1],out var b)) it[f[1]]=b=it.Count;
      U.Add(a);I.Add(b);V.Add(float.Parse(f[2],CultureInfo.InvariantCulture));T.Add(long.Parse(f[3],CultureInfo.InvariantCulture)); }
    return new RatingSet{Users=[..u.Keys],Items=[..it.Keys],UserOf=[..U],ItemOf=[..I],Values=[..V],Times=[..T],Scale=new(0.5f,5)};
  }
  public static void Run(string[] a) {
    var set = Load("/work/wt-train/bench/.cache/movielens.csv");
    var d = a.Skip(1).Select(x=>x.Split('=')).ToDictionary(x=>x[0],x=>float.Parse(x[1],CultureInfo.InvariantCulture));
    float G(string k,float v)=>d.TryGetValue(k,out var x)?x:v;
    if (a[0]=="mf") {
      var o = new MatrixFactorizationOptions();
      o = o with { Factors=(int)G("f",o.Factors),Epochs=(int)G("e",o.Epochs),LearningRate=G("lr",o.LearningRate),Decay=G("d",o.Decay),Regularization=G("r",o.Regularization),BiasRegularization=G("rb",o.BiasRegularization),Deviation=G("dev",o.Deviation)};
      Cv(set,new MatrixFactorization(o),(int)G("folds",5));
    }
    if (a[0] is "item" or "user" or "base") Knn(set,a,G);
    if (a[0]=="als") { var o=new ImplicitAlsOptions(); o=o with{Factors=(int)G("f",o.Factors),Epochs=(int)G("e",o.Epochs),Regularization=G("r",o.Regularization),Confidence=G("c",o.Confidence)}; Llo(set,new ImplicitAls(o)); }
    if (a[0]=="pop") Llo(set,new Baselines.Popularity());
    if (a[0]=="svdpp") {
      var o = new SvdPlusPlusOptions();
      o = o with { Factors=(int)G("f",o.Factors),Epochs=(int)G("e",o.Epochs),LearningRate=G("lr",o.LearningRate),Decay=G("d",o.Decay),Regularization=G("r",o.Regularization),ImplicitRegularization=G("ri",o.ImplicitRegularization),BiasRegularization=G("rb",o.BiasRegularization),Deviation=G("dev",o.Deviation)};
      Cv(set,new SvdPlusPlus(o),(int)G("folds",5));
    }
  }
  public static void Knn(RatingSet set, string[] a, Func<string,float,float> G) {
      var o = new Neighbors.NeighborOptions(); var b=new Baselines.BaselineOptions();
      b = b with { ItemShrinkage=G("bi",b.ItemShrinkage),UserShrinkage=G("bu",b.UserShrinkage)};
      if(a[0]=="base") { Cv(set,new Baselines.BaselineTrainer(b),5); return; }
      o = o with { Neighbors=(int)G("k",o.Neighbors),SimilarityShrinkage=G("ss",o.SimilarityShrinkage),MinCommon=(int)G("mc",o.MinCommon),Shrinkage=G("sh",o.Shrinkage),Similarity=G("cos",0)>0?Neighbors.Similarity.Cosine:Neighbors.Similarity.PearsonBaseline,Baseline=G("plain",0)>0?null:b};
      Cv(set,new Neighbors.NeighborTrainer(a[0]=="item",o),(int)G("folds",5));
  }
  public static void Llo(RatingSet set, ITrainer t) {
    var s=Split.LeaveLastOut(set); if (Environment.GetEnvironmentVariable("TUNE")=="1") s=Split.LeaveLastOut(s.Train); var sw=System.Diagnostics.Stopwatch.StartNew();
    var m=t.Train(s.Train,TrainingLog.None); var q=RankingQuality.Measure(m,s,10,float.NegativeInfinity);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,$"p {q.Precision:0.0000} r {q.Recall:0.0000} ndcg {q.Ndcg:0.0000} cov {q.Coverage:0.000} {q.Users} {sw.Elapsed.TotalSeconds:0.0} s"));
  }
  public static void Cv(RatingSet set, ITrainer t, int folds) {
    var e=new List<RatingErrors>(); var sw=System.Diagnostics.Stopwatch.StartNew();
    foreach (var s in Split.KFold(set,5,7).Take(folds)) { var m=t.Train(s.Train,TrainingLog.None); e.Add(RatingErrors.Measure(m,s.Test)); }
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,$"rmse {e.Average(x=>x.Rmse):0.0000} mae {e.Average(x=>x.Mae):0.0000}  {sw.Elapsed.TotalSeconds:0.0} s"));
  }
}
